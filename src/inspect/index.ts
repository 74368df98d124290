export { inspect } from './inspect.ts';
export type { Cover, Digest, Finding, Inspection, Kind, Piece, Stop } from './inspection.ts';
