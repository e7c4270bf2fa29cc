import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, normalize, relative } from 'node:path';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import type { FileOperation } from '../manifest/plugin.ts';
import { glob } from './glob.ts';

/** Moves what a manifest names out of an unpacked archive, in its order. Throws in krew's words when a pattern fits nothing or a path leaves its folder. */
export function placeFiles(from: string, to: string, operations: readonly FileOperation[]): void {
  for (const operation of operations) {
    try {
      for (const move of movesOf(from, to, operation)) carryOut(move);
    } catch (error) {
      throw new Error(`failed moving files: ${(error as Error).message}`, { cause: error });
    }
  }
}

interface Move {
  readonly from: string;
  readonly to: string;
}

function movesOf(from: string, to: string, operation: FileOperation): Move[] {
  const [source, target] = [operation.from ?? '', operation.to ?? ''];
  const cleanTarget = clean(target);
  if (target !== cleanTarget)
    throw new Error(`could not find move targets: the provided path is not clean, ${goQuote(target)} should be ${goQuote(cleanTarget)}`);
  const direct = join(from, source);
  const isDirect = existsSync(direct);
  const moves = isDirect
    ? [{ from: direct, to: join(to, cleanTarget === '.' ? basename(direct) : cleanTarget) }]
    : glob(from, clean(source)).map((path) => ({ from: path, to: join(to, cleanTarget, basename(path)) }));
  if (moves.length === 0) throw new Error(`could not find move targets: no files in the plugin archive matched the glob pattern=${source}`);
  const outside = moves.find((move) => !isWithin(from, move.from) || !isWithin(to, move.to));
  if (outside) throw new Error(`could not find move targets: can't move, move target ${goQuote(target)} of ${goQuote(source)} is out of bounds`);
  return moves;
}

function carryOut({ from, to }: Move): void {
  mkdirSync(dirname(to), { recursive: true });
  if (statSync(to, { throwIfNoEntry: false })?.isDirectory()) rmSync(to, { recursive: true });
  renameSync(from, to);
}

/** Go's `filepath.Clean`: no slash at the end, and a dot for nothing. */
const clean = (path: string): string => normalize(path).replace(/(.)\/+$/, '$1');

/** Whether a path is a folder or lies in it. */
export const isWithin = (directory: string, path: string): boolean => !/^\.\.(?:\/|\\|$)/.test(relative(directory, path));
