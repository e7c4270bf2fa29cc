/** What one evaluation may cost. */
export const evaluationBudget = 1_000_000;
/** What all rules of one object may cost together as they run. */
export const objectBudget = 10_000_000;
