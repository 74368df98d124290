import { command as apply } from './apply.ts';
import { command as checks } from './checks.ts';
import { command as compile } from './compile.ts';
import { command as decompile } from './decompile.ts';
import { command as get } from './get.ts';
import { command as set } from './set.ts';

/** The verbs of `bootwright dts`. */
export const verbs = { compile, decompile, apply, get, set, checks };
