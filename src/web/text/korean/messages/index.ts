import { koreanChecks } from '../checks.ts';
import { koreanLint } from '../lint.ts';
import { koreanBinary } from './binary.ts';
import { koreanBoot } from './boot.ts';
import { koreanContent } from './content.ts';
import { koreanCrypto } from './crypto.ts';
import { koreanDeviceTree } from './devicetree.ts';
import { koreanEpoll } from './epoll.ts';
import { koreanFile } from './file.ts';
import { koreanFip } from './fip.ts';
import { koreanFit } from './fit.ts';
import { koreanInspect } from './inspect.ts';
import { koreanLinux } from './linux.ts';
import { koreanPki } from './pki.ts';
import { koreanServe } from './serve.ts';
import { koreanSocket } from './socket.ts';
import { koreanTftp } from './tftp.ts';
import { koreanTrust } from './trust.ts';
import { koreanUboot } from './uboot.ts';
import { koreanVerity } from './verity.ts';
import { koreanWeb } from './web.ts';

/** What the rooms say, in Korean: a template by the message's code. A code without a row is said in English. */
export const koreanMessages: Readonly<Record<string, string | undefined>> = {
  ...koreanBoot,
  ...koreanContent,
  ...koreanCrypto,
  ...koreanDeviceTree,
  ...koreanEpoll,
  ...koreanFip,
  ...koreanFit,
  ...koreanBinary,
  ...koreanFile,
  ...koreanVerity,
  ...koreanInspect,
  ...koreanLinux,
  ...koreanPki,
  ...koreanServe,
  ...koreanSocket,
  ...koreanTftp,
  ...koreanTrust,
  ...koreanUboot,
  ...koreanWeb,
  ...Object.fromEntries(
    Object.entries(koreanLint).flatMap(([id, texts]) =>
      Object.entries(texts).map(([part, text]) => [`fit/lint/${id}/${part}`, text]),
    ),
  ),
  ...Object.fromEntries(
    Object.entries(koreanChecks).map(([name, about]) => [`devicetree/check/${name}`, `${about} ({found})`]),
  ),
};
