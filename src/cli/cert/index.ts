import { command as create } from './create.ts';
import { command as rotpk } from './rotpk.ts';
import { command as show } from './show.ts';

/** The verbs of `bootwright cert`. */
export const verbs = { create, show, rotpk };
