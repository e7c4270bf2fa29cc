import { ApiError } from '../../../api/status.ts';
import { ConfigurationInvalid, contextNotFound } from '../../../client/configuration-invalid.ts';
import { NoAnswer } from '../../../client/no-answer.ts';
import { allResources } from '../discovery/find-resource.ts';
import { NoResourceType } from '../discovery/no-resource-type.ts';
import { editDistance } from '../flags/suggestions.ts';
import { ManyErrors } from './command-errors.ts';
import { isRefused } from './connection-problem.ts';

const largestDistance = 2;
const mostSuggestions = 3;

/** What a person could do next about an error; undefined when there is nothing sure to say. `program` is what the program was called. */
export function hintOf(error: unknown, program: string): string | undefined {
  if (error instanceof ManyErrors) return hintOf(error.errors[0], program);
  if (error instanceof NoResourceType) return resourceHint(error, program);
  if (error instanceof NoAnswer && isRefused(error.cause)) return connectionHint(error.server, program);
  if (error instanceof ConfigurationInvalid && error.problems.some((problem) => problem.startsWith(contextNotFound)))
    return `the contexts that there are: ${program} config get-contexts`;
  if (error instanceof ApiError && error.reason === 'Forbidden') return `what you may do: ${program} auth can-i --list`;
  if (error instanceof ApiError && error.reason === 'Unauthorized') return `the credentials are those of the context: ${program} config view --minify`;
  return undefined;
}

function connectionHint(server: string, program: string): string {
  const start = program === 'wherry' && /\b(?:localhost|127\.0\.0\.1)\b/.test(server) ? `start a cluster: wherry up; or ` : '';
  return `${start}choose another context: ${program} config get-contexts`;
}

function resourceHint({ word, discovery }: NoResourceType, program: string): string {
  const typed = word.toLowerCase();
  const distances = new Map<string, number>();
  for (const { resource, singular, shortNames, kind } of allResources(discovery)) {
    const distance = Math.min(
      ...[resource, singular, kind.toLowerCase(), ...shortNames.filter((name) => name.length > 2)].map((name) => editDistance(typed, name)),
    );
    // Of a short word most letters must be right.
    if (distance <= Math.min(largestDistance, Math.floor(typed.length / 2))) distances.set(resource, Math.min(distance, distances.get(resource) ?? distance));
  }
  const nearest = Math.min(...distances.values());
  const near = [...distances].filter(([, distance]) => distance === nearest).map(([resource]) => resource);
  if (near.length === 0) return `the types that there are: ${program} api-resources`;
  return `did you mean ${near.slice(0, mostSuggestions).join(' or ')}?`;
}
