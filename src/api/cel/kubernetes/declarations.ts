/** Short forms of declarations. */
import { declareFunction, type FunctionDeclaration, type Overload } from '../library.ts';
import type { Type } from '../types.ts';

type Details = Pick<Overload, 'evaluate'> & Partial<Pick<Overload, 'cost' | 'costBefore' | 'estimate'>>;

/** `target.name(...)`: one overload, whose first parameter is the target. */
export const memberFunction = (name: string, id: string, parameters: readonly Type[], result: Type, details: Details): FunctionDeclaration =>
  declareFunction(name, { id, isMember: true, parameters, result, ...details });

/** `name(...)`: one overload. */
export const globalFunction = (name: string, id: string, parameters: readonly Type[], result: Type, details: Details): FunctionDeclaration =>
  declareFunction(name, { id, parameters, result, ...details });
