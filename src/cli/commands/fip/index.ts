import { buildRouteMap } from '@stricli/core';
import { command as create } from './create.ts';
import { command as info } from './info.ts';
import { command as sign } from './sign.ts';
import { command as verify } from './verify.ts';

export const route = buildRouteMap({
  routes: { create, info, sign, verify },
  docs: { brief: 'Packs, edits, signs and verifies firmware image packages' },
});
