import type { KafkaSettings } from '../../../lib/kafka/client/settings.ts'
import { type JavaProgram, startJavaProgram } from '../../support/java-program.ts'
import type { View, Viewer } from '../checker/moments.ts'

/** A reader of topics who follows them, and gets what is committed. It shows what it has been given so far. */
export class TopicView implements Viewer {
  readonly #follower: JavaProgram
  readonly #question: string[]
  #view: View = new Map()

  /** @param topics they may be created later */
  static async open({ brokers }: KafkaSettings, topics: Iterable<string>): Promise<TopicView> {
    return new TopicView(await startJavaProgram('TopicFollower', 'kafka'), [brokers.join(), ...topics])
  }

  private constructor(follower: JavaProgram, question: string[]) {
    this.#follower = follower
    this.#question = question
  }

  async look(): Promise<View> {
    const answer = await this.#follower.ask(...this.#question)
    const news = answer.filter(record => record !== '').map(record => record.split(' ') as [string, string, string])
    if (news.length === 0) return this.#view
    const view = new Map(this.#view)
    for (const [place, records] of Map.groupBy(news, ([topic, partition]) => `${topic}-${partition}`))
      view.set(place, [...(view.get(place) ?? []), ...records.map(([, , number]) => number)])
    this.#view = view
    return view
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#follower.stop()
  }
}
