import { groupOutcomes } from '../../connectors/commands/restore-groups-text.ts'
import { isRefusal } from '../../connectors/commands/restore-run.ts'
import { missingTexts } from '../../connectors/commands/restore-text.ts'
import { hasOtherDigest, isRemarkable, placesOf, sumOf } from '../../restore/report-sum.ts'
import { corruptTexts, problemText } from '../../restore/report-words.ts'
import type { DocumentOf, ShownGroupRestore, ShownRestore, ShownTopicRestore } from '../api/index.ts'

type Report = DocumentOf<'restore'>

/** Topics, and of each its partitions, that a page shows. The report has all of them. */
const MOST_TOPICS = 100
const MOST_PLACES = 20
const MOST_GROUPS = 100
const MOST_POSITIONS = 20
const MOST_LINES = 20
/** Characters of a line: a message names what may be long. */
const MOST_TEXT = 1_000

/** What a page shows of a restore. */
export function shownRestore(report: Report): ShownRestore {
  const { id, outcome, started, ended, estimatedMs, sources, losses, topics, groups, problems } = report
  const places = placesOf(report)
  const [missing, moreMissing] = firstTexts(missingTexts(report))
  const [corrupt, moreCorrupt] = firstTexts(places.flatMap(corruptTexts))
  const [told, moreProblems] = firstTexts(problems.map(problemText))
  return {
    ...{ id, outcome, started, ended, estimatedMs, sources, losses },
    sum: sumOf(places),
    refusals: outcome === 'planned' ? [...new Set(problems.filter(isRefusal).map(({ code }) => code))] : [],
    differing: places.filter(hasOtherDigest).length,
    topics: topics.slice(0, MOST_TOPICS).map(topicOf),
    moreTopics: Math.max(topics.length - MOST_TOPICS, 0),
    ...{ missing, moreMissing, corrupt, moreCorrupt, problems: told, moreProblems },
    groups: groups.slice(0, MOST_GROUPS).map(groupOf),
    moreGroups: Math.max(groups.length - MOST_GROUPS, 0),
  }
}

function firstTexts(texts: string[]): [texts: string[], more: number] {
  return [texts.slice(0, MOST_LINES).map(text => text.slice(0, MOST_TEXT)), Math.max(texts.length - MOST_LINES, 0)]
}

function topicOf({
  topic,
  target,
  targetState,
  partitions,
  settings,
  places,
}: Report['topics'][number]): ShownTopicRestore {
  const [first, last] = [places.filter(isRemarkable), places.filter(place => !isRemarkable(place))]
  return {
    ...{ topic, target, targetState, partitions, sum: sumOf(places) },
    settings: Object.entries(settings)
      .slice(0, MOST_LINES)
      .map(([name, value]) => `${name}=${value}`.slice(0, MOST_TEXT)),
    places: [...first, ...last]
      .slice(0, MOST_PLACES)
      .map(({ topic, missing, corrupt, digestRead, digestProduced, ...place }) => place),
    morePlaces: Math.max(places.length - MOST_PLACES, 0),
  }
}

function groupOf({ group, outcome, message, positions }: Report['groups'][number]): ShownGroupRestore {
  return {
    ...{ group, outcome, words: groupOutcomes[outcome] },
    ...(message !== undefined && { message: message.slice(0, MOST_TEXT) }),
    positions: positions.slice(0, MOST_POSITIONS),
    morePositions: Math.max(positions.length - MOST_POSITIONS, 0),
  }
}
