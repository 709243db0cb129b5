using System.Text.Json;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;
using Rondo.Tests.Registry;

namespace Rondo.Tests.Serving;

/// <summary>A complete, tiny runtime: evaluates a line.</summary>
public sealed class LineRuntime : IModelRuntime
{
    private int _inMemory;

    /// <summary>Models that are loaded and not yet put away.</summary>
    public int InMemory => Volatile.Read(ref _inMemory);

    public bool Supports(string format) => format == TestModels.Format;

    public IModel Load(ModelDescription description, string file)
    {
        var line = JsonSerializer.Deserialize<LineModel>(File.ReadAllText(file))!;
        Interlocked.Increment(ref _inMemory);
        return new Line(this, line);
    }

    private sealed class Line(LineRuntime owner, LineModel line) : IModel
    {
        private bool _disposed;

        public void Predict(InferenceBatch batch)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var x = (Tensor<float>)batch.Inputs[0];
            var y = (Tensor<float>)batch.Outputs[0];
            for (var row = 0; row < batch.Rows; row++)
            {
                if (x.Values[row] > line.FailAbove)
                {
                    throw new InvalidOperationException("x is too large for this line");
                }

                y.Values[row] = (float)((line.Slope * x.Values[row]) + line.Offset + (line.Drifts ? 1 : 0));
            }

            ObjectDisposedException.ThrowIf(_disposed, this);
        }

        public void Dispose()
        {
            _disposed = true;
            Interlocked.Decrement(ref owner._inMemory);
        }
    }
}
