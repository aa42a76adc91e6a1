const NAME = 'TimeoutNegativeWarning'
let isHidden = false

/**
 * Hides Node.js's warning about timers with a negative time: kafkajs sets such timers, and they do no harm. Node.js can leave a
 * warning out only when it is started with an option, which a project that uses the plugin would have to know.
 */
export function hideNegativeTimeouts(): void {
  if (isHidden) return
  isHidden = true
  const emit = process.emitWarning
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] !== NAME) Reflect.apply(emit, process, [warning, ...rest])
  }) as typeof process.emitWarning
}
