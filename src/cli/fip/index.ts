import { buildRouteMap } from '@stricli/core';
import { command as create } from './create.ts';
import { command as info } from './info.ts';
import { command as remove } from './remove.ts';
import { command as sign } from './sign.ts';
import { command as unpack } from './unpack.ts';
import { command as update } from './update.ts';
import { command as verify } from './verify.ts';

export const route = buildRouteMap({
  routes: { create, update, remove, unpack, info, sign, verify },
  docs: { brief: 'Packs, edits, signs and verifies firmware image packages' },
});
