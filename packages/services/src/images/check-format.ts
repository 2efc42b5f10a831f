import { AppError, type Deployment, type Image } from '@parallax/core';
import { createInspector, type Inspected, judge, type Verdict } from '@parallax/formats';

/** Looks at an upload's bytes while they pass. */
export interface FormatCheck {
  /** Throws `unsupported_media_type` as soon as nothing can make the content acceptable. */
  tap(bytes: Uint8Array): void;
  /** After the last byte: the virtual size for the record, or `unsupported_media_type`. */
  conclude(): number | null;
}

/** `image` as it was when its bytes were taken: its formats cannot change until they are in. */
export function checkFormat(
  ctx: Pick<Deployment, 'imageFormat' | 'log'>,
  image: Pick<Image, 'id' | 'diskFormat' | 'containerFormat'>,
): FormatCheck {
  const declared = {
    diskFormat: image.diskFormat ?? '',
    containerFormat: image.containerFormat ?? '',
  };
  const { requireMatch, gptSafetyChecksNonfatal: tolerated } = ctx.imageFormat;
  const mustMatch = requireMatch && declared.containerFormat === 'bare';
  const inspector = createInspector({ declared: mustMatch ? declared.diskFormat : undefined });
  const decide = (inspected: Inspected): Extract<Verdict, { ok: true }> => {
    const verdict = judge(inspected, declared, { requireMatch, tolerated });
    if (verdict.ok) return verdict;
    const context = { reason: verdict.reason };
    throw new AppError('unsupported_media_type', verdict.message, { context });
  };
  return {
    tap: (bytes) => {
      inspector.write(bytes);
      if (inspector.done) decide(inspector.soFar);
    },
    conclude: () => {
      const { virtualSize, warning } = decide(inspector.end());
      if (warning !== undefined) ctx.log.warn({ imageId: image.id }, warning);
      return virtualSize;
    },
  };
}
