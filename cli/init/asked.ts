import { input, select } from '@inquirer/prompts'
import type { Answers } from './flags.ts'
import { type Question, questions, wrongAnswer } from './questions.ts'

/** Where questions are asked: the terminal, if nothing else is given. */
export interface Asking {
  input?: NodeJS.ReadableStream
  output?: NodeJS.WritableStream
}

/** What was given, and the answers to what was not. Asks one question after the other. */
export async function asked(given: Answers, place: Asking = {}): Promise<Answers> {
  let answers = given
  for (const question of questions) {
    if (answers[question.flag] !== undefined || !question.when(answers)) continue
    answers = withAnswer(answers, question, await ask(question, answers, place))
  }
  return answers
}

function ask(question: Question, answers: Answers, place: Asking): Promise<string> {
  const { message, choices, initial } = question
  if (choices) return select({ message, choices: choices(answers), default: initial?.(answers) }, place)
  const validate = (text: string) => wrongAnswer(question, text.trim(), answers) ?? true
  return input({ message, default: initial?.(answers) || undefined, validate }, place)
}

/**
 * What was given, and what is taken for the rest.
 *
 * @throws an error that names each flag that is missing
 */
export function completed(given: Answers): Answers {
  const missing: string[] = []
  const answers = questions.reduce((answers, question) => {
    if (answers[question.flag] !== undefined || !question.when(answers)) return answers
    if (!question.initial) missing.push(missingText(question))
    return withAnswer(answers, question, question.initial?.(answers) ?? '')
  }, given)
  if (missing.length > 0) throw new Error(`Without a terminal to ask on, this is missing:\n${missing.join('\n')}`)
  return answers
}

/** Instead of some flags, there are others. */
const instead: Partial<Record<Question['flag'], string>> = {
  topics: '--pattern',
  brokers: '--msk',
  'login-secret': 'another --login',
  'target-login-secret': 'another --target-login',
}

function missingText({ flag, message }: Question): string {
  const other = instead[flag]
  return `  --${flag}${other ? ` or ${other}` : ''}   ${message}`
}

/** `no` and nothing say that something is left out. */
function withAnswer(answers: Answers, { flag }: Question, text: string): Answers {
  if (text.trim() === '' || (flag === 'create-bucket' && text !== 'yes')) return answers
  return { ...answers, [flag]: flag === 'create-bucket' ? true : text.trim() }
}

/** What is wrong with what was given, a line for each. */
export function wrongAnswers(answers: Answers): string[] {
  return questions.flatMap(question => {
    const given = answers[question.flag]
    if (typeof given !== 'string' || !question.when({ ...answers, [question.flag]: undefined })) return []
    const wrong = wrongAnswer(question, given, answers)
    return wrong ? [`  --${question.flag}: ${wrong}`] : []
  })
}
