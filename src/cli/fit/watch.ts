import type { ByteSource } from '../../binary/index.ts';
import type { ProgressListener } from '../shared/progress.ts';

/**
 * A source that tells how many of its bytes were read, as a part of `passes` readings of all of it. Reading further
 * counts as done.
 */
export function watched(source: ByteSource, progress: ProgressListener, passes = 1): ByteSource {
  const total = passes * source.size;
  let done = 0;
  return {
    size: source.size,
    readInto(offset, target) {
      source.readInto(offset, target);
      done = Math.min(total, done + target.length);
      progress(done, total);
    },
  };
}
