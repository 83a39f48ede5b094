// kind: run
// rule: A step that is called is listed in `uses`
// says: "shop::activity::measure" is called and not listed in "uses" of "shop::orchestration::flow"
// right: const uses = [measure];

import { orchestration } from "../../../src/durable/orchestration.ts";
import { call } from "../../../src/durable/steps.ts";
import { drive } from "../../support/drive.ts";
import { flow, measure } from "../things.ts";

const uses: readonly (typeof measure)[] = []; // wrong

export const run = () => {
  const whole = flow((ctx) => call(ctx, measure, { name: "box" }));
  return drive(
    orchestration({
      ...whole,
      uses,
      run: (ctx) => call(ctx, measure, { name: "box" }),
    }),
    {},
  );
};
