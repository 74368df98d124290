import { command as build } from './build.ts';
import { command as diff } from './diff.ts';
import { command as extract } from './extract.ts';
import { command as lint } from './lint.ts';
import { command as list } from './list.ts';
import { route as preload } from './preload.ts';
import { command as sign } from './sign.ts';
import { command as verify } from './verify.ts';

/** The verbs of `bootwright fit`. */
export const verbs = { build, sign, verify, list, extract, lint, diff, preload };
