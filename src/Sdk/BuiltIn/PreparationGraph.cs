using Rondo.Data;
using Rondo.Sdk.BuiltIn;

namespace Rondo.Sdk;

/// <summary>
/// The built-in steps that split rows and prepare them, as methods of a graph. What they do is an argument of theirs, seeds included: it is in
/// the manifest, in the cache key and in the lineage of a run.
/// </summary>
public static class PreparationGraph
{
    /// <summary>The largest recipe that a step takes as an argument, as JSON.</summary>
    private const int RecipeCharsMax = 256 * 1024;

    /// <summary>
    /// Learns each step of a recipe from rows, which should be the training rows alone. The result is an artifact of its own, which
    /// <see cref="Apply(Graph, Ref{Preparation}, Ref{Table})"/> and <see cref="Model.With"/> take.
    /// </summary>
    /// <exception cref="RondoException">The recipe carries so large a table to join that it does not fit into a manifest.</exception>
    public static Ref<Preparation> Fit(this Graph graph, PreparationRecipe recipe, Ref<Table> rows) =>
        graph.Fit(recipe, rows, out _);

    /// <inheritdoc cref="Fit(Graph, PreparationRecipe, Ref{Table})"/>
    public static Ref<Preparation> Fit<T>(this Graph graph, PreparationRecipe recipe, Ref<Table<T>> rows) =>
        graph.Fit(recipe, rows.Untyped(), out _);

    /// <summary>As above, with the rows as they go into training: sampled and balanced, target encodings out of fold.</summary>
    /// <inheritdoc cref="Fit(Graph, PreparationRecipe, Ref{Table})"/>
    public static Ref<Preparation> Fit(
        this Graph graph,
        PreparationRecipe recipe,
        Ref<Table> rows,
        out Ref<Table> training
    )
    {
        var chars = recipe.ToJson().Length;
        if (chars > RecipeCharsMax)
        {
            throw graph.Invalid(
                $"a recipe has {chars} characters, more than {RecipeCharsMax}",
                "Fit a recipe that joins a large table in a [Step] that takes this table, and return the Preparation"
            );
        }
        (var preparation, training) = PreparationStepsGraph.Fit(graph, rows, recipe);
        return preparation;
    }

    /// <inheritdoc cref="Fit(Graph, PreparationRecipe, Ref{Table}, out Ref{Table})"/>
    public static Ref<Preparation> Fit<T>(
        this Graph graph,
        PreparationRecipe recipe,
        Ref<Table<T>> rows,
        out Ref<Table> training
    ) => graph.Fit(recipe, rows.Untyped(), out training);

    /// <summary>What a preparation makes of rows that it was not fitted on: exactly what it makes of them in serving.</summary>
    public static Ref<Table> Apply(this Graph graph, Ref<Preparation> preparation, Ref<Table> rows) =>
        PreparationStepsGraph.Apply(graph, preparation, rows);

    /// <inheritdoc cref="Apply(Graph, Ref{Preparation}, Ref{Table})"/>
    public static Ref<Table> Apply<T>(this Graph graph, Ref<Preparation> preparation, Ref<Table<T>> rows) =>
        graph.Apply(preparation, rows.Untyped());

    /// <summary>
    /// Rows to learn from and rows to judge by: <c>g.Split(rows, SplitRecipe.Stratified("kind", SplitShares.Of(0.8, 0.2), seed: 7))</c>. The step
    /// also keeps how the split was made (output <c>made</c>), and logs rows that are equal in both parts.
    /// </summary>
    /// <exception cref="RondoException">The parts of the recipe are not train and test.</exception>
    public static (Ref<Table> Train, Ref<Table> Test) Split(this Graph graph, Ref<Table> rows, SplitRecipe recipe)
    {
        CheckParts(graph, recipe, SplitShares.Train, SplitShares.Test);
        var (train, test, _) = PreparationStepsGraph.Split(graph, rows, recipe);
        return (train, test);
    }

    /// <inheritdoc cref="Split(Graph, Ref{Table}, SplitRecipe)"/>
    public static (Ref<Table<T>> Train, Ref<Table<T>> Test) Split<T>(
        this Graph graph,
        Ref<Table<T>> rows,
        SplitRecipe recipe
    )
    {
        var (train, test) = graph.Split(rows.Untyped(), recipe);
        return (Typed<T>(train), Typed<T>(test));
    }

    /// <summary>As <see cref="Split(Graph, Ref{Table}, SplitRecipe)"/>, with rows to choose by between the other two.</summary>
    /// <exception cref="RondoException">The parts of the recipe are not train, validation and test.</exception>
    public static (Ref<Table> Train, Ref<Table> Validation, Ref<Table> Test) SplitInThree(
        this Graph graph,
        Ref<Table> rows,
        SplitRecipe recipe
    )
    {
        CheckParts(graph, recipe, SplitShares.Train, SplitShares.Validation, SplitShares.Test);
        var (train, validation, test, _) = PreparationStepsGraph.SplitInThree(graph, rows, recipe);
        return (train, validation, test);
    }

    /// <inheritdoc cref="SplitInThree(Graph, Ref{Table}, SplitRecipe)"/>
    public static (Ref<Table<T>> Train, Ref<Table<T>> Validation, Ref<Table<T>> Test) SplitInThree<T>(
        this Graph graph,
        Ref<Table<T>> rows,
        SplitRecipe recipe
    )
    {
        var (train, validation, test) = graph.SplitInThree(rows.Untyped(), recipe);
        return (Typed<T>(train), Typed<T>(validation), Typed<T>(test));
    }

    private static void CheckParts(Graph graph, SplitRecipe recipe, params string[] parts)
    {
        var fits =
            recipe.Shares.Count == 0
                ? recipe.Boundaries.Count == parts.Length - 1
                : recipe.Shares.Select(share => share.Part).SequenceEqual(parts, StringComparer.Ordinal);
        if (!fits)
        {
            var named = string.Join(", ", recipe.Shares.Select(share => share.Part));
            throw graph.Invalid(
                $"a split into {string.Join(", ", parts)} has "
                    + (recipe.Shares.Count == 0 ? $"{recipe.Boundaries.Count} boundaries" : $"the parts {named}"),
                "Give SplitShares.Of with two shares to Split, with three to SplitInThree"
            );
        }
    }

    // Splitting takes rows and leaves columns: they are of the type that they were of.
    private static Ref<Table<T>> Typed<T>(Ref<Table> rows) => new(rows.Node, rows.Port);
}
