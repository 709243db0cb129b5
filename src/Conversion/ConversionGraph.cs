using Rondo.Data;
using Rondo.Sdk;

namespace Rondo.Conversion;

/// <summary>The step between training and registry that makes another form of a model, and shows that it answers as the original does.</summary>
public static class ConversionGraph
{
    /// <summary>
    /// Writes a model that ML.NET has saved as ONNX, and has both answer the same rows. Where they differ, the run stops with the figures, and
    /// nothing is registered.
    /// </summary>
    /// <param name="graph">The pipeline.</param>
    /// <param name="model">A model of the format <c>mlnet-zip</c>. Its preparation, if it has one, stays beside it.</param>
    /// <param name="sample">Rows as the model takes them, or as its preparation does: a column for each input. Rows in which a number is missing
    /// or a category is unknown are made from them.</param>
    /// <param name="options">How much may differ.</param>
    /// <exception cref="RondoException">The options are out of their range.</exception>
    public static ConvertedModel ToOnnx(
        this Graph graph,
        Ref<Model> model,
        Ref<Table> sample,
        ConversionOptions? options = null
    )
    {
        options ??= new ConversionOptions();
        if (
            !(options.Tolerance >= 0)
            || options.DecisionsDifferMax is not (>= 0 and <= 1)
            || options.SampleRowsMax is not (> 0 and <= ConversionSteps.SampleRowsMax)
        )
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                "The options of a conversion are out of their range.",
                $"Give a tolerance of 0 or more, a share between 0 and 1, and between 1 and {ConversionSteps.SampleRowsMax} rows."
            );
        }
        var (converted, conversion) = ConversionStepsGraph.ToOnnx(graph, model, sample, options);
        return new(converted, conversion);
    }

    /// <inheritdoc cref="ToOnnx(Graph, Ref{Model}, Ref{Table}, ConversionOptions)"/>
    public static ConvertedModel ToOnnx<T>(
        this Graph graph,
        Ref<Model> model,
        Ref<Table<T>> sample,
        ConversionOptions? options = null
    ) => graph.ToOnnx(model, sample.Untyped(), options);

    /// <summary>
    /// Registers the model as ONNX, when the rows of the hold-out show that it answers as the original does:
    /// <c>.Gate(…).ToOnnx().Register("demand", train)</c>. The version tells size, latency and parity of both.
    /// </summary>
    /// <inheritdoc cref="ToOnnx(Graph, Ref{Model}, Ref{Table}, ConversionOptions)"/>
    public static GatedCandidate<T> ToOnnx<T>(this GatedCandidate<T> candidate, ConversionOptions? options = null) =>
        candidate.Convert((graph, model, holdout) => graph.ToOnnx(model, holdout, options));
}
