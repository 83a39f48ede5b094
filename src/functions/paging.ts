import { z } from "zod";

const message = "must be a whole number from 1 to 200";

/** The parameters that every list takes. A value that is given twice arrives joined by a comma, and is refused. */
export const paging = {
  limit: z
    .string()
    .regex(/^\d{1,6}$/, message)
    .transform(Number)
    .pipe(z.int().min(1, message).max(200, message))
    .default(50),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_=-]{1,500}$/, "must be the nextCursor of an earlier answer")
    .optional(),
};
