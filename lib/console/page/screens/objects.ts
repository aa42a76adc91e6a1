import { html } from '../html.ts'
import { hrefOf, type Route } from '../route.ts'
import { Bucket } from './objects/bucket.ts'
import { Coverage } from './objects/coverage.ts'
import { ObjectContent } from './objects/object-content.ts'
import { Queries } from './objects/queries.ts'
import { Stretch } from './objects/stretch.ts'

/** The parts of the screen, by what the address says of them. */
const views = {
  coverage: { title: 'Coverage', view: Coverage },
  bucket: { title: 'Bucket', view: Bucket },
  query: { title: 'Query', view: Queries },
}

type ViewName = keyof typeof views

/** What a dump has in its bucket: which offsets, which objects, what is in them, and how to query them. */
export function Objects({ route }: { route: Route }) {
  const { name, chosen } = route
  const current = (chosen.view !== undefined && chosen.view in views ? chosen.view : 'coverage') as ViewName
  return html`
    <div class="objects-head">
      <h1>Objects</h1>
      <nav class="objects-views" aria-label="Parts of this screen">
        <ul>
          ${Object.entries(views).map(
            ([view, { title }]) => html`<li>
              <a href=${hrefOf({ screen: 'objects', name, chosen: view === 'coverage' ? {} : { view } })} aria-current=${view === current ? 'page' : undefined}>${title}</a>
            </li>`,
          )}
        </ul>
      </nav>
    </div>
    <${chosen.key !== undefined ? ObjectContent : viewOf(current, chosen)} key=${current} name=${name} chosen=${chosen} />
  `
}

function viewOf(view: ViewName, { partition }: Route['chosen']) {
  return view === 'coverage' && partition !== undefined ? Stretch : views[view].view
}
