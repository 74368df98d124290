import { buildRouteMap } from '@stricli/core';
import { command as apply } from './apply.ts';
import { command as checks } from './checks.ts';
import { command as compile } from './compile.ts';
import { command as decompile } from './decompile.ts';
import { command as get } from './get.ts';
import { command as set } from './set.ts';

export const route = buildRouteMap({
  routes: { compile, decompile, apply, get, set, checks },
  docs: { brief: 'Compiles, decompiles and edits device trees' },
});
