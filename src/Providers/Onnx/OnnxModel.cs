using Microsoft.ML.OnnxRuntime;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;

namespace Rondo.Providers.Onnx;

/// <summary>A session of ONNX Runtime, asked a request at a time; it may be asked from many threads at once.</summary>
internal sealed class OnnxModel : IModel
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly OnnxTensor[] _inputs;
    private readonly OnnxTensor[] _outputs;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;

    public OnnxModel(InferenceSession session, ModelSignature signature)
    {
        _session = session;

        // Whatever does not fit the signature is found here, before there is traffic.
        _inputs = [.. signature.Inputs.Select(input => OnnxTensor.Of("Input", input, session.InputMetadata))];
        _outputs = [.. signature.Outputs.Select(output => OnnxTensor.Of("Output", output, session.OutputMetadata))];
        _inputNames = [.. signature.Inputs.Select(input => input.Name)];
        _outputNames = [.. signature.Outputs.Select(output => output.Name)];
        if (session.InputNames.FirstOrDefault(name => !_inputNames.Contains(name)) is { } missing)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The model needs input '{missing}', which its signature does not name.",
                "Add it to the signature."
            );
        }
    }

    public void Predict(InferenceBatch batch)
    {
        if (batch.Rows == 0)
        {
            return;
        }

        var inputs = new OrtValue[_inputs.Length];
        try
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                inputs[i] = _inputs[i].Wrap(batch.Inputs[i], batch.Rows);
            }

            using var outputs = _session.Run(_options, _inputNames, inputs, _outputNames);
            for (var i = 0; i < _outputs.Length; i++)
            {
                _outputs[i].Read(outputs[i], batch.Outputs[i], batch.Rows);
            }
        }
        catch (OnnxRuntimeException e)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The ONNX model cannot answer these rows: {e.Message}",
                "Send values that the model was made for.",
                e
            );
        }
        finally
        {
            foreach (var input in inputs)
            {
                input?.Dispose();
            }
        }
    }

    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }
}
