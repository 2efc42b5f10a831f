export interface Piece {
  readonly length: number;
  readonly bytes: readonly Uint8Array[];
}

/** The same bytes in pieces of at most `most`, without copying them. */
export function piecesOf(bytes: readonly Uint8Array[], most: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let current: Uint8Array[] = [];
  let length = 0;
  const end = () => {
    if (length > 0) pieces.push({ length, bytes: current });
    current = [];
    length = 0;
  };
  for (const each of bytes) {
    for (let at = 0; at < each.byteLength; ) {
      const part = each.subarray(at, at + most - length);
      current.push(part);
      length += part.byteLength;
      at += part.byteLength;
      if (length === most) end();
    }
  }
  end();
  return pieces;
}
