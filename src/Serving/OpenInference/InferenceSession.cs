using System.Buffers;
using System.Text.Json;
using Rondo.Serving.Models;
using Rondo.Serving.Routing;

namespace Rondo.Serving.OpenInference;

/// <summary>The memory of one request at a time: used again by the next one to the same deployment.</summary>
internal sealed class InferenceSession : IDisposable
{
    private readonly Deployment _deployment;
    private readonly ArrayBufferWriter<byte> _buffer = new(512);
    private readonly Utf8JsonWriter _json;
    private readonly int _numbers;
    private readonly int _texts;
    private InferenceBatch? _prepared;

    public InferenceSession(Deployment deployment)
    {
        _deployment = deployment;
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { SkipValidation = true });
        Batch = InferenceBatch.For(deployment.Version.Signature);
        _texts = Batch.Inputs.Where(input => input.Type == TensorType.BYTES).Sum(input => input.Width);
        _numbers = Batch.Inputs.Sum(input => input.Width) - _texts;
    }

    public InferenceBatch Batch { get; }

    public RequestHead Head { get; } = new();

    public void Read(ReadOnlySequence<byte> body) => RequestReader.Read(body, _deployment.Plan, Batch, Head);

    /// <summary>Looks at the values of the request; refuses them where the endpoint says so.</summary>
    public void Check()
    {
        if (_deployment.Check?.Find(Batch) is not { } unexpected)
        {
            return;
        }

        _deployment.Counters.CountUnexpected();
        Head.Unexpected = unexpected;
        if (_deployment.Rejects)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The values are not what the model was trained for: {string.Join("; ", unexpected)}.",
                "Correct them; the limits are those of the schema that the training rows were validated with."
            );
        }
    }

    /// <summary>Makes the model's own inputs from the request. What the preparation cannot take is an error that names the column.</summary>
    public void Prepare() => _prepared = _deployment.Model.Prepare(Batch, _prepared);

    public void Predict() => _deployment.Model.Predict(_prepared!);

    /// <summary>The response of the batch; valid until the session is returned.</summary>
    public ReadOnlyMemory<byte> Write(string id)
    {
        _deployment.Writer.Write(_json, id, Batch, Head);
        _json.Flush();
        return _buffer.WrittenMemory;
    }

    /// <summary>Hands every row to the log. A request of several rows gives the row's number to each id: <c>id/0</c>, <c>id/1</c>.</summary>
    public void Log(IPredictionLog log, string id, DateTimeOffset now)
    {
        for (var row = 0; row < Batch.Rows; row++)
        {
            var numbers = new double[_numbers];
            var texts = _texts == 0 ? [] : new string?[_texts];
            Copy(row, numbers, texts);
            var prediction = new LoggedPrediction(
                Batch.Rows == 1 ? id : string.Create(null, $"{id}/{row}"),
                _deployment.Endpoint,
                _deployment.Version,
                Head.EventTime ?? now,
                now,
                numbers,
                texts,
                Batch.Outputs.Count == 0 ? double.NaN : Batch.Outputs[0].NumberAt(row * Batch.Outputs[0].Width)
            );
            if (!log.TryWrite(prediction))
            {
                _deployment.Counters.CountDropped();
            }
        }
    }

    public void Dispose() => _json.Dispose();

    public void Reset()
    {
        _buffer.ResetWrittenCount();
        _json.Reset(_buffer);
    }

    private void Copy(int row, double[] numbers, string?[] texts)
    {
        var number = 0;
        var text = 0;
        foreach (var input in Batch.Inputs)
        {
            for (var i = row * input.Width; i < (row + 1) * input.Width; i++)
            {
                switch (input)
                {
                    case Tensor<float> t:
                        numbers[number++] = t.Values[i];
                        break;
                    case Tensor<string> t:
                        texts[text++] = t.IsMissing(i) ? null : t.Values[i];
                        break;
                    default:
                        numbers[number++] = input.NumberAt(i);
                        break;
                }
            }
        }
    }
}
