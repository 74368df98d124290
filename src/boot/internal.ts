/** The inner face of the room: what other rooms need, and programs do not. */

export { isReportName } from './board-report.ts';
export { contentRules } from './content-findings.ts';
export { loaderErrorsOf } from './contents.ts';
export { printCounters } from './counters.ts';
export { printRollback, rollbackIn } from './explain.ts';
export { printAcceptance } from './lint.ts';
export { shapeOf, sizesOf } from './lock.ts';
