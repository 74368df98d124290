/** The inner face of the room: what other rooms need, and programs do not. */

export { traceOnKernel } from './experiment.ts';
export { epollMessage } from './messages.ts';
