import { command as create } from './new.ts';
import { command as show } from './show.ts';

/** The verbs of `bootwright keys`. */
export const verbs = { new: create, show };
