/** The inner face of the room: what other rooms need, and programs do not. */
export { placeOf } from './read.ts';
export { kindOf } from './trees.ts';
