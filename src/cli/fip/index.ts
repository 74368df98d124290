import { command as create } from './create.ts';
import { command as info } from './info.ts';
import { command as remove } from './remove.ts';
import { command as sign } from './sign.ts';
import { command as unpack } from './unpack.ts';
import { command as update } from './update.ts';
import { command as verify } from './verify.ts';

/** The verbs of `bootwright fip`. */
export const verbs = { create, update, remove, unpack, info, sign, verify };
