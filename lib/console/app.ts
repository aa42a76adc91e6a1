import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { compress } from 'hono/compress'
import { secureHeaders } from 'hono/secure-headers'
import * as z from 'zod'
import { CommandError } from '../connectors/commands/command.ts'
import { type ErrorDocument, errorDocumentOf } from '../connectors/commands/error-document.ts'
import type { ClientConfig } from '../lambda/client-config.ts'
import { parseJson } from '../parse-json.ts'
import type { Access } from './access.ts'
import type { Act } from './act.ts'
import { acts } from './acts.ts'
import type { ActName, QuestionName, WatchEvent, Watched } from './api/index.ts'
import type { ConsoleContext } from './context.ts'
import { streamEvents } from './events.ts'
import { brotliOf, openPage, pageDocument } from './page-files.ts'
import type { AskedQuestion } from './question.ts'
import { questions } from './questions.ts'
import type { Watching } from './watching.ts'

/** The largest request: a test record with its value. */
const MAX_BODY = 2 * 1024 * 1024

/** Questions that one page may watch at a time: a large screen shows some forty connectors. The address has them all. */
const MAX_WATCHED = 60

const watchedList = z.array(z.strictObject({ id: z.string().max(100), question: z.string(), args: z.unknown() }))
const actRequest = z.strictObject({ args: z.unknown(), confirmed: z.string().optional() })

/** The console's routes. Nothing of a request is ever logged. */
export function createApp(context: ConsoleContext, access: Access, watching: Watching): Hono {
  const app = new Hono()
  const page = openPage()
  app.use(access.origin)
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        ...{ defaultSrc: ["'none'"], scriptSrc: ["'self'"], styleSrc: ["'self'"] },
        ...{ imgSrc: ["'self'", 'data:'], connectSrc: ["'self'"], baseUri: ["'none'"], formAction: ["'none'"] },
        frameAncestors: ["'none'"],
      },
      xFrameOptions: 'DENY',
      // There is no TLS on the loopback address, and the header would hold for other programs on it.
      strictTransportSecurity: false,
    }),
  )
  app.use(access.session)
  app.get('/', async ({ html }) => {
    await page.load()
    return html(pageDocument)
  })
  app.get('/page/:path{.+}', compress(), async ({ req, body, notFound }) => {
    const file = await page.file(req.param('path'))
    if (!file) return notFound()
    const headers = { 'content-type': file.type, 'cache-control': 'no-cache' }
    const readsBrotli = /\bbr\b/.test(req.header('accept-encoding') ?? '')
    if (readsBrotli) return body(await brotliOf(file), 200, { ...headers, 'content-encoding': 'br' })
    return body(file.content, 200, headers)
  })
  app.use('/api/*', async ({ header }, next) => {
    header('cache-control', 'no-store')
    await next()
  })
  app.get('/api/ask/:question', compress(), async c => {
    const name = c.req.param('question')
    const { question, args } = asked(name, parseJson(c.req.query('args') ?? '{}'))
    if ('follow' in question) throw new CommandError(`The question ${name} has no single answer: watch it.`)
    return c.json(await (question as AskedQuestion<QuestionName>).answer(context, args, c.req.raw.signal))
  })
  app.get('/api/watch', c => streamEvents(c, watchedOf(c, context.service.deployment.config), watching))
  app.post('/api/acts/:act', bodyLimit({ maxSize: MAX_BODY, onError: tooLarge }), async c =>
    c.json({ id: await begin(c, context) }),
  )
  app.post('/api/runs/:id/cancel', c => (context.runs.cancel(c.req.param('id')) ? c.body(null, 204) : c.notFound()))
  app.notFound(({ text }) => text('There is nothing at this address.\n', 404))
  app.onError((error, { json }) => {
    const { config } = context.service.deployment
    // 400: it is wrong as it was asked. 502: it could not be answered, and may be asked again.
    return json(errorDocumentOf(error, config), error instanceof CommandError ? 400 : 502)
  })
  return app
}

function tooLarge({ json }: Context): Response {
  const message = `The request is larger than ${MAX_BODY / 1024 ** 2} MiB.`
  return json({ schema: 1, error: { message } } satisfies ErrorDocument, 413)
}

/** @throws CommandError for a question that doesn't exist, or with other arguments */
function asked(name: string, args: unknown) {
  if (!Object.hasOwn(questions, name)) throw new CommandError(`There is no question ${name}.`)
  const question = questions[name as QuestionName]
  return { question, args: checked(question.args as z.ZodType<Watched['args']>, args) }
}

/** @throws CommandError */
function watchedOf({ req }: Context, config: ClientConfig): (Watched | WatchEvent)[] {
  const list = checked(watchedList.max(MAX_WATCHED), parseJson(req.query('watched') ?? ''))
  return list.map(({ id, question, args }) => {
    try {
      return { id, question: question as QuestionName, args: asked(question, args).args }
    } catch (error) {
      // The others of the page are answered all the same.
      return { id, error: errorDocumentOf(error, config).error, time: Date.now() }
    }
  })
}

/** @throws CommandError for an act that doesn't exist, with other arguments, or without the name that it asks for */
async function begin({ req }: Context, { runs }: ConsoleContext): Promise<string> {
  const name = req.param('act') ?? ''
  if (!Object.hasOwn(acts, name)) throw new CommandError(`There is no act ${name}.`)
  const act = acts[name as ActName] as Act<ActName>
  const body = checked(actRequest, parseJson(await req.text()))
  const args = checked(act.args, body.args)
  const wanted = act.confirmedBy(args)
  if (wanted !== undefined && body.confirmed !== wanted)
    throw new CommandError(`This needs a confirmation: type the name ${wanted}.`)
  return runs.start(name as ActName, args)
}

/** @throws CommandError that says where the input is wrong, and never what it was */
function checked<T>(schema: z.ZodType<T>, input: unknown): T {
  const { data, error } = schema.safeParse(input)
  if (!error) return data as T
  const places = error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`)
  throw new CommandError(places.join('; '))
}
