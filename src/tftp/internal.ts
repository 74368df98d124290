/** The inner face of the room: what other rooms need, and programs do not. */
export { metric } from './metrics.ts';
