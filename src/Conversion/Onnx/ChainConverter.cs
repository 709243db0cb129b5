using Microsoft.ML;
using Microsoft.ML.Data;
using Rondo.Conversion.Scoring;
using Rondo.Sdk.Wire;

namespace Rondo.Conversion.Onnx;

/// <summary>
/// Writes a fitted chain of ML.NET as an ONNX model whose inputs and outputs are those of the signature. Only what the outputs depend on is
/// written: what prepared the label stays behind.
/// </summary>
internal static class ChainConverter
{
    /// <exception cref="RondoException">A transformer that is needed cannot be written; the message names it.</exception>
    public static ModelProto Convert(MLNetFile file, ModelDescription description)
    {
        var stages = ChainStage.Of(file.Chain, file.Schema);
        var needed = Needed(stages, description.Signature);
        var graph = new GraphBuilder();
        var values = Inputs(graph, file.Schema, description, needed[0]);
        foreach (var (place, stage) in stages.Index())
        {
            // A transformer reads what was before it, also where it puts a column in the place of another.
            var made = new Dictionary<string, OnnxValue>(StringComparer.Ordinal);
            var predictor = PredictorWriter.Takes(stage.Transformer) ? new PredictorWriter(graph, stage) : null;
            foreach (var column in stage.Added)
            {
                if (!column.IsHidden && needed[place + 1].Contains(column.Name))
                {
                    made[column.Name] =
                        predictor?.Write(column, values) ?? new ColumnWriter(graph, stage, column).Write(values);
                }
            }
            foreach (var (name, value) in made)
            {
                values[name] = value;
            }
        }
        var inputs = Feed.InputsOf(description).Select(input => input.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var output in description.Signature.Outputs)
        {
            if (inputs.Contains(output.Name))
            {
                throw Refusal.Of(
                    $"'{output.Name}' is an input and an output of the signature, and ONNX needs two names.",
                    "Let the chain copy the column under another name (CopyColumns), and name that as the output."
                );
            }
            Output(graph, output, values);
        }
        return graph.ToModel();
    }

    // The names of the columns that are needed before each stage, and at last behind all.
    private static IReadOnlySet<string>[] Needed(IReadOnlyList<ChainStage> stages, ModelSignature signature)
    {
        var needed = new IReadOnlySet<string>[stages.Count + 1];
        needed[^1] = signature.Outputs.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        for (var place = stages.Count - 1; place >= 0; place--)
        {
            needed[place] = stages[place].Needs(needed[place + 1]);
        }
        return needed;
    }

    private static Dictionary<string, OnnxValue> Inputs(
        GraphBuilder graph,
        DataViewSchema schema,
        ModelDescription description,
        IReadOnlySet<string> needed
    )
    {
        var values = new Dictionary<string, OnnxValue>(StringComparer.Ordinal);
        foreach (var input in Feed.InputsOf(description))
        {
            var width = (int)input.Shape.Skip(1).Aggregate(1L, (product, length) => product * length);
            var value = graph.Input(input.Name, ElementTypes.Of(input.DataType), width);
            if (needed.Contains(input.Name))
            {
                var column = schema[input.Name];
                var type =
                    ElementTypes.Of(column.Type)
                    ?? throw Refusal.Of(
                        $"Column '{column.Name}' of the model is {column.Type}, which is no tensor of ONNX.",
                        "Use single, double, 32- and 64-bit integer, boolean or text columns."
                    );
                values[input.Name] = graph.Cast(value, type);
            }
        }
        if (needed.FirstOrDefault(name => !values.ContainsKey(name)) is { } missing)
        {
            throw Refusal.Of(
                $"The model needs column '{missing}', which its signature does not name as an input.",
                "Add it to the signature."
            );
        }
        return values;
    }

    private static void Output(GraphBuilder graph, TensorSignature output, Dictionary<string, OnnxValue> values)
    {
        if (!values.TryGetValue(output.Name, out var value))
        {
            throw Refusal.Of(
                $"The model gives no column '{output.Name}', which its signature names as an output.",
                "Name the columns that the chain gives."
            );
        }
        graph.Output(output.Name, graph.Cast(value, ElementTypes.Of(output.DataType)));
    }
}
