import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** How far beyond the window something counts as seen, so that it is there when it is scrolled to. */
const MARGIN = '200px'

/** Whether an element is in the window, or nearly. */
export function useSeen(element: RefObject<Element | null>): boolean {
  const [isSeen, setSeen] = useState(false)
  useEffect(() => {
    const observer = new IntersectionObserver(entries => setSeen(entries.at(-1)?.isIntersecting ?? false), {
      rootMargin: MARGIN,
    })
    if (element.current) observer.observe(element.current)
    return () => observer.disconnect()
  }, [])
  return isSeen
}
