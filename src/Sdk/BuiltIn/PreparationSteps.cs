using Rondo.Data;

namespace Rondo.Sdk.BuiltIn;

/// <summary>The built-in steps from validated rows to rows that a model can learn from.</summary>
internal static class PreparationSteps
{
    [Step]
    public static (Preparation Preparation, Table Training) Fit(
        Table rows,
        [Argument] PreparationRecipe recipe,
        StepContext context
    )
    {
        var fitted = recipe.FitTraining(rows);
        if (fitted.Training.RowCount < rows.RowCount)
        {
            context.Dropped(rows.RowCount - fitted.Training.RowCount, "left out by sample or balance");
        }
        context.Log(
            $"{fitted.Preparation.Steps.Count} steps fitted on {rows.RowCount} rows; {fitted.Training.RowCount} rows of "
                + $"{fitted.Training.Columns.Count} columns to train on"
        );
        return (fitted.Preparation, fitted.Training);
    }

    [Step]
    public static Table Apply(Preparation preparation, Table rows) => preparation.Apply(rows);

    [Step]
    public static (Table Train, Table Test, SplitRecipe Made) Split(
        Table rows,
        [Argument] SplitRecipe recipe,
        StepContext context
    )
    {
        var split = Made(rows, recipe, context);
        return (split.Part(SplitShares.Train), split.Part(SplitShares.Test), split.Recipe);
    }

    [Step]
    public static (Table Train, Table Validation, Table Test, SplitRecipe Made) SplitInThree(
        Table rows,
        [Argument] SplitRecipe recipe,
        StepContext context
    )
    {
        var split = Made(rows, recipe, context);
        return (
            split.Part(SplitShares.Train),
            split.Part(SplitShares.Validation),
            split.Part(SplitShares.Test),
            split.Recipe
        );
    }

    private static Split Made(Table rows, SplitRecipe recipe, StepContext context)
    {
        var split = Splits.Again(rows, recipe);
        context.Log(string.Join(", ", split.Recipe.Counts.Select(count => $"{count.Rows} rows to {count.Part}")));
        foreach (var leak in split.Leaks())
        {
            context.Log(leak.Message);
        }
        return split;
    }
}
