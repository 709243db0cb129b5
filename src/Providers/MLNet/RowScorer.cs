using Microsoft.ML;
using Microsoft.ML.Data;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;

namespace Rondo.Providers.MLNet;

/// <summary>
/// Scores rows of a request with a loaded chain, without a class for the input type and without a table: the chain's row mapper
/// pulls each column's value straight from the request's tensors. Not thread-safe.
/// </summary>
internal sealed class RowScorer : IDisposable
{
    private readonly TensorRow _input;
    private readonly DataViewRow _output;
    private readonly OutputColumn[] _outputs;

    public RowScorer(ITransformer model, DataViewSchema schema, ModelSignature signature)
    {
        var mapper = model.GetRowToRowMapper(schema);
        var wanted = signature.Outputs.Select(output => Require(mapper.OutputSchema, output)).ToArray();
        // Only what the outputs depend on: the label, which is in the saved schema too, is not among it.
        var needed = mapper.GetDependencies(wanted).Select(column => schema[column.Name]).ToArray();
        _input = new TensorRow(schema, needed, signature);
        _output = mapper.GetRow(_input, wanted);
        _outputs = [.. signature.Outputs.Select(output => OutputColumn.Create(_output, output))];
    }

    public void Score(InferenceBatch batch)
    {
        _input.Request = batch;
        for (var row = 0; row < batch.Rows; row++)
        {
            _input.MoveTo(row);
            for (var i = 0; i < _outputs.Length; i++)
            {
                _outputs[i].Read(batch.Outputs[i], row);
            }
        }
    }

    public void Dispose() => _output.Dispose();

    private static DataViewSchema.Column Require(DataViewSchema schema, TensorSignature output) =>
        schema.GetColumnOrNull(output.Name)
        ?? throw new RondoException(
            ErrorCode.InvalidArgument,
            $"The model gives no column '{output.Name}', which its signature names as an output.",
            $"It gives {string.Join(", ", schema.Where(column => !column.IsHidden).Select(column => column.Name).TakeLast(20))}."
        );
}
