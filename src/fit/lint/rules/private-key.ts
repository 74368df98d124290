import { findPrivateKeys } from '../../../pki/index.ts';
import { placeOf } from '../data.ts';
import { lintRule } from '../rule.ts';

/** No private key lies in the image tree or its data. */
export const privateKey = lintRule({
  id: 'private-key',
  level: 'error',
  checks: 'No private key lies in the image tree or its data.',
  texts: {
    why: 'Whoever has the image has the key and can sign in your name.',
    remedy:
      'Take the key out of the image and make a new one, because this one is no longer secret. Give out public keys and certificates only.',
    found: 'a private key ({form}) lies at {offset}',
  },
  *check({ fit, images, readsData }, say) {
    if (!readsData) return;
    const places = images.map((image) => ({ path: image.path, place: placeOf(fit, image) }));
    for (const { form, offset } of findPrivateKeys(fit.pieces({ kind: 'external', start: 0, size: fit.size }))) {
      const holder = places.find(({ place }) => place && offset >= place.start && offset < place.start + place.size);
      yield { path: holder?.path ?? '/', found: say('found', { form, offset: `0x${offset.toString(16)}` }) };
    }
  },
  failing: { tree: `&kernel { data = "-----BEGIN PRIVATE KEY-----\\nMIG…"; };` },
  passing: { tree: `&kernel { data = "-----BEGIN PUBLIC KEY-----\\nMFk…"; };` },
});
