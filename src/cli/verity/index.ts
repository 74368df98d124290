import { buildRouteMap } from '@stricli/core';
import { command as format } from './format.ts';
import { command as info } from './info.ts';
import { command as repair } from './repair.ts';
import { command as sign } from './sign.ts';
import { command as table } from './table.ts';
import { command as verify } from './verify.ts';

export const route = buildRouteMap({
  routes: { format, verify, info, sign, repair, table },
  docs: { brief: 'Makes, verifies, signs and repairs dm-verity images' },
});
