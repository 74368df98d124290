export { inspect } from './inspect.ts';
export type { Cover, Digest, Finding, Inspection, Kind, Piece, Stop } from './inspection.ts';
export { mergeCovers, plain, printInspection } from './print.ts';
