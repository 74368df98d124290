import { command as format } from './format.ts';
import { command as info } from './info.ts';
import { command as repair } from './repair.ts';
import { command as sign } from './sign.ts';
import { command as table } from './table.ts';
import { command as verify } from './verify.ts';

/** The verbs of `bootwright verity`. */
export const verbs = { format, verify, info, sign, repair, table };
