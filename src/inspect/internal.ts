/** What other rooms of this package need of this one, beside its public face. */
export { inspectMessage } from './messages.ts';
