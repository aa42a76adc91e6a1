import { type ComponentType, render } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ServiceAnswer } from '../api/index.ts'
import { html } from './html.ts'
import { consoleGone, type Live, useLive } from './live.ts'
import { Shown } from './parts/shown-text.ts'
import { Ago } from './parts/time.ts'
import { Trouble } from './parts/trouble.ts'
import { hrefOf, type Route, useRoute } from './route.ts'
import { type Screen, type ScreenName, screens } from './screens.ts'

/** The whole page: the menu, and the screen that the address names. */
function App() {
  const route = useRoute()
  const service = useLive('service', {})
  const screen = screenOf(route)
  const known = service.answer?.connectors.find(({ name }) => name === route.name)
  const { title } = screens[screen]
  const hasShown = useRef(false)
  useEffect(() => {
    document.title = [route.name, title, service.answer?.service].filter(Boolean).join(' · ')
  }, [route.name, title, service.answer?.service])
  return html`
    <a class="skip" href="#content" onClick=${focusContent}>To the content</a>
    <header>
      <a class="home" href=${hrefOf({ screen: 'connectors' })}>${service.answer?.service ?? 'Connectors'}</a>
      <span class="quiet">${service.answer && placeOf(service.answer)}</span>
    </header>
    ${known && html`<${ConnectorMenu} connector=${known} current=${screen} />`}
    <main id="content" tabindex="-1">
      <${Gone} of=${service} />
      <${Trouble} of=${service} what="the service" />
      <${Loaded} key=${`${screen}/${route.name}`} screen=${screen} route=${route} hasShown=${hasShown} />
    </main>
  `
}

/** The screen that an address names. One of a connector needs the connector's name. */
function screenOf({ screen, name }: Route): ScreenName {
  if (!Object.hasOwn(screens, screen)) return 'connectors'
  const known = screen as ScreenName
  const { of }: Screen = screens[known]
  return of !== undefined && name === '' ? 'connectors' : known
}

/** The console itself does not answer, so the page is out of date. It reconnects without being reloaded. */
function Gone({ of: { error, since, time } }: { of: Live<'service'> }) {
  if (error !== consoleGone) return null
  return html`
    <div class="trouble">
      <span role="alert"><strong>${error.message}</strong></span>
      <span class="quiet">
        ${since !== undefined && html` Since <${Ago} time=${since} />.`}
        ${time !== undefined && html` What is below may be old, and is brought up to date once the console answers.`}
      </span>
    </div>
  `
}

function placeOf({ isLocal, region }: ServiceAnswer): string {
  return isLocal ? 'on this machine' : region
}

/** The address is the screen's, so the link can't be a plain one. */
function focusContent(event: Event): void {
  event.preventDefault()
  document.getElementById('content')?.focus()
}

function ConnectorMenu({
  connector,
  current,
}: {
  connector: ServiceAnswer['connectors'][number]
  current: ScreenName
}) {
  const { name, type } = connector
  const own = Object.entries<Screen>(screens).filter(([, { of }]) => of === 'all' || of === type)
  return html`
    <nav aria-label=${name}>
      <a href=${hrefOf({ screen: 'connectors' })}>Connectors</a>
      <span aria-hidden="true">/</span>
      <strong><${Shown} text=${name} /></strong>
      <ul>
        ${own.map(
          ([screen, { title }]) => html`<li>
            <a href=${hrefOf({ screen, name })} aria-current=${screen === current ? 'page' : undefined}>${title}</a>
          </li>`,
        )}
      </ul>
    </nav>
  `
}

interface LoadedProps {
  screen: ScreenName
  route: Route
  /** Whether a screen was shown before this one. */
  hasShown: { current: boolean }
}

/** A screen, once its code is there. */
function Loaded({ screen, route, hasShown }: LoadedProps) {
  const [Shown, setShown] = useState<ComponentType<{ route: Route }>>()
  const [problem, setProblem] = useState('')
  const heading = useRef<HTMLDivElement>(null)
  useEffect(() => {
    Promise.all([screens[screen].load(), addStyle(screen)]).then(
      ([component]) => setShown(() => component),
      () => setProblem('This part of the console could not be loaded. Load the page again.'),
    )
  }, [screen])
  // A screen reader has to notice that the page is another one; the first time, the browser tells it.
  useEffect(() => {
    if (!Shown) return
    const focused = document.activeElement
    // What led here is in the menu, or was on the screen before and is gone.
    if (hasShown.current && (!focused || focused === document.body || focused.closest('nav'))) heading.current?.focus()
    hasShown.current = true
  }, [Shown])
  if (problem) return html`<p class="problem" role="alert">${problem}</p>`
  return html`<div ref=${heading} tabindex="-1">${Shown ? html`<${Shown} route=${route} />` : html`<p class="quiet">Loading …</p>`}</div>`
}

/** Loads the style of a screen, unless it is there. After a failure it can be tried again. */
async function addStyle(screen: ScreenName): Promise<void> {
  const href = `/page/screens/${screen}.css`
  if (document.querySelector(`link[href="${href}"]`)) return
  const link = document.createElement('link')
  link.rel = 'stylesheet'
  link.href = href
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  link.onload = () => resolve()
  link.onerror = () => {
    link.remove()
    reject(new Error(`${href} can’t be loaded`))
  }
  document.head.append(link)
  await promise
}

render(html`<${App} />`, document.getElementById('app') as HTMLElement)
