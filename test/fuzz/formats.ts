import type { Format } from './format.ts';
import { inspectFormat, loaderFormat, preloadFormat } from './formats/any.ts';
import { certificatesFormat, fipFormat, trailerFormat } from './formats/fip.ts';
import { controlFormat, fitFormat, treeFormat } from './formats/fit.ts';
import { certificateFormat, derFormat, messageFormat } from './formats/pki.ts';
import { filesFormat, manifestFormat, sourceFormat } from './formats/text.ts';
import { clientFormat, packetFormat, serverFormat } from './formats/tftp.ts';
import { tableFormat, verityFormat } from './formats/verity.ts';

/** Everything that is fuzzed, in the order of the report. */
export const formats: readonly Format[] = [
  fitFormat,
  controlFormat,
  preloadFormat,
  treeFormat,
  sourceFormat,
  fipFormat,
  trailerFormat,
  certificatesFormat,
  certificateFormat,
  messageFormat,
  derFormat,
  verityFormat,
  tableFormat,
  manifestFormat,
  filesFormat,
  packetFormat,
  serverFormat,
  clientFormat,
  loaderFormat,
  inspectFormat,
];
