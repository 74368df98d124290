/** The inner face of the room: what other rooms need, and programs do not. */

export { isReportName } from './board-report.ts';
export { contentMessage, contentRules } from './content-findings.ts';
export { loaderErrorsOf } from './contents.ts';
export { printCounters } from './counters.ts';
export { printRollback, rollbackIn } from './explain.ts';
export { describeAcceptance } from './lint.ts';
export { shapeOf, sizesOf } from './lock.ts';
export { bootMessage } from './messages.ts';
export { serveMessage } from './serve-messages.ts';
