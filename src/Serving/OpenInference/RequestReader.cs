using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Rondo.Serving.Models;

namespace Rondo.Serving.OpenInference;

/// <summary>
/// Reads the JSON of an inference request straight into the tensors of a batch, checking it against the signature on the way.
/// Every error names the tensor, what is wrong with it, and what to send instead.
/// </summary>
internal ref struct RequestReader
{
    private const int IdCharsMax = 200;

    private readonly RequestPlan _plan;
    private readonly InferenceBatch _batch;
    private readonly RequestHead _head;
    private Utf8JsonReader _json;
    private int _rows;

    private RequestReader(ReadOnlySequence<byte> body, RequestPlan plan, InferenceBatch batch, RequestHead head)
    {
        _json = body.IsSingleSegment ? new Utf8JsonReader(body.FirstSpan) : new Utf8JsonReader(body);
        _plan = plan;
        _batch = batch;
        _head = head;
        _rows = -1;
    }

    /// <summary>Reads the whole body.</summary>
    public static void Read(ReadOnlySequence<byte> body, RequestPlan plan, InferenceBatch batch, RequestHead head)
    {
        head.Reset(plan);
        var reader = new RequestReader(body, plan, batch, head);
        try
        {
            reader.ReadBody();
        }
        catch (JsonException e)
        {
            throw Invalid(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The body is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1})."
                ),
                """Send {"inputs": [{"name": …, "shape": …, "datatype": …, "data": …}]}."""
            );
        }
    }

    private void ReadBody()
    {
        if (!_json.Read() || _json.TokenType != JsonTokenType.StartObject)
        {
            throw Invalid("The body is not a JSON object.", """Send {"inputs": […]}.""");
        }

        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            if (Is("inputs"u8))
            {
                ReadInputs();
            }
            else if (Is("id"u8))
            {
                ReadId();
            }
            else if (Is("parameters"u8))
            {
                ReadParameters();
            }
            else if (Is("outputs"u8))
            {
                ReadOutputs();
            }
            else
            {
                _json.Skip();
            }
        }

        // Whatever follows the object must be nothing.
        _json.Read();
        RequireAllInputs();
        _batch.Start(Math.Max(_rows, 1));
    }

    private void ReadInputs()
    {
        Require(JsonTokenType.StartArray, "'inputs' is not an array of tensors.");
        var place = 0;
        while (_json.Read() && _json.TokenType == JsonTokenType.StartObject)
        {
            ReadInput(place++);
        }

        if (_json.TokenType != JsonTokenType.EndArray)
        {
            throw Invalid($"inputs[{place}] is not a tensor object.", "Send name, shape, datatype and data of each.");
        }
    }

    private void ReadInput(int place)
    {
        var input = -1;
        var type = (TensorType?)null;
        var shape = default(Shape);
        var later = default(Utf8JsonReader);
        var dataSeen = false;
        var dataRead = false;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            if (Is("name"u8))
            {
                input = ReadName(place);
            }
            else if (Is("shape"u8))
            {
                shape = ReadShape(place, input);
            }
            else if (Is("datatype"u8))
            {
                type = ReadType(place, input);
            }
            else if (Is("data"u8))
            {
                dataSeen = true;
                _json.Read();
                dataRead = input >= 0 && type is not null && shape.Rank > 0;
                if (dataRead)
                {
                    ReadTensor(input, type!.Value, shape);
                }
                else
                {
                    // The data came before what says how to read them: come back to them.
                    later = _json;
                    _json.Skip();
                }
            }
            else
            {
                _json.Skip();
            }
        }

        RequireComplete(place, input, type, shape, dataSeen);
        if (!dataRead)
        {
            var resume = _json;
            _json = later;
            ReadTensor(input, type!.Value, shape);
            _json = resume;
        }
    }

    private int ReadName(int place)
    {
        if (!Reads(JsonTokenType.String))
        {
            throw Wrong($"The name of inputs[{place}] is not a text.");
        }

        var input = _plan.Find(ref _json, place);
        if (input < 0)
        {
            throw Invalid($"The model takes no input '{_json.GetString()}'.", ExpectedInputs());
        }

        if (_head.Seen[input])
        {
            throw Invalid($"Input '{NameOf(input)}' is there twice.", "Send each input once.");
        }

        _head.Seen[input] = true;
        return input;
    }

    private TensorType ReadType(int place, int input)
    {
        if (!Reads(JsonTokenType.String))
        {
            throw Wrong($"The datatype of {Place(place, input)} is not a text.");
        }

        return Is("FP32"u8) ? TensorType.FP32
            : Is("FP64"u8) ? TensorType.FP64
            : Is("INT64"u8) ? TensorType.INT64
            : Is("INT32"u8) ? TensorType.INT32
            : Is("BOOL"u8) ? TensorType.BOOL
            : Is("BYTES"u8) ? TensorType.BYTES
            : throw Invalid(
                $"The datatype of {Place(place, input)} is '{_json.GetString()}'.",
                $"Send one of {string.Join(", ", Enum.GetNames<TensorType>())}: what the model takes is at GET /v2/models/{{name}}."
            );
    }

    private Shape ReadShape(int place, int input)
    {
        if (!Reads(JsonTokenType.StartArray))
        {
            throw Wrong($"The shape of {Place(place, input)} is not an array.");
        }

        var shape = new Shape(0, 0, 1);
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (
                _json.TokenType != JsonTokenType.Number
                || !_json.TryGetInt64(out var dimension)
                || dimension is < 0 or > int.MaxValue
            )
            {
                throw Invalid(
                    $"The shape of {Place(place, input)} has a dimension that is not a whole number.",
                    "Send the batch first, for example [1]."
                );
            }

            shape =
                shape.Rank == 0
                    ? new Shape(1, dimension, 1)
                    : new Shape(shape.Rank + 1, shape.Rows, Math.Min(shape.Width * dimension, int.MaxValue));
        }

        return shape.Rank > 0
            ? shape
            : throw Invalid($"The shape of {Place(place, input)} is empty.", "Send the batch first, for example [1].");
    }

    private void ReadTensor(int input, TensorType type, Shape shape)
    {
        if (type != _plan.Types[input])
        {
            throw Invalid(
                $"Input '{NameOf(input)}' is of datatype {type}, but the model takes {_plan.Types[input]}.",
                $"Send \"datatype\": \"{_plan.Types[input]}\"."
            );
        }

        if (shape.Width != _plan.Widths[input])
        {
            throw Invalid(
                $"Input '{NameOf(input)}' has {shape.Width} elements in a row, but the model takes {_plan.Widths[input]}.",
                $"Send the shape [{string.Join(", ", _plan.Signature.Inputs[input].Shape)}], where -1 is the number of rows."
            );
        }

        if (_rows < 0)
        {
            _rows = RowsOf(shape, input);
        }
        else if (_rows != shape.Rows)
        {
            throw Invalid(
                $"Input '{NameOf(input)}' has {shape.Rows} rows, but the inputs before it have {_rows}.",
                "Send the same number of rows in every input."
            );
        }

        if (_json.TokenType != JsonTokenType.StartArray)
        {
            throw Wrong($"The data of input '{NameOf(input)}' are not an array.");
        }

        var tensor = _batch.Inputs[input];
        tensor.Resize(_rows);
        switch (tensor)
        {
            case Tensor<float> t:
                ReadData<float, FloatReader>(t);
                break;
            case Tensor<string> t:
                ReadData<string, TextReader>(t);
                break;
            case Tensor<double> t:
                ReadData<double, DoubleReader>(t);
                break;
            case Tensor<long> t:
                ReadData<long, LongReader>(t);
                break;
            case Tensor<int> t:
                ReadData<int, IntReader>(t);
                break;
            case Tensor<bool> t:
                ReadData<bool, BoolReader>(t);
                break;
        }
    }

    private int RowsOf(Shape shape, int input) =>
        shape.Rows is >= 1 and <= InferenceBatch.RowsMax
            ? (int)shape.Rows
            : throw Invalid(
                $"Input '{NameOf(input)}' has {shape.Rows} rows.",
                $"Send 1 to {InferenceBatch.RowsMax} rows in one request."
            );

    // Flat or nested, row by row: the protocol allows both.
    private void ReadData<T, TReader>(Tensor<T> tensor)
        where TReader : IElementReader<T>
    {
        var values = tensor.Values.AsSpan(0, _rows * tensor.Width);
        var next = 0;
        var depth = 1;
        while (depth > 0 && _json.Read())
        {
            if (_json.TokenType == JsonTokenType.EndArray)
            {
                depth--;
            }
            else if (_json.TokenType == JsonTokenType.StartArray)
            {
                depth++;
            }
            else if (next < values.Length && TReader.TryRead(ref _json, ref values[next]))
            {
                next++;
            }
            else if (next < values.Length && _json.TokenType == JsonTokenType.Null && _plan.TakesMissing)
            {
                tensor.SetMissing(next, values.Length);
                values[next++] = TReader.Missing;
            }
            else
            {
                throw next == values.Length
                    ? WrongCount(tensor, values.Length, "more")
                    : Invalid(
                        $"Element {next} of input '{tensor.Name}' is not {TReader.Expected}.",
                        "Correct its data."
                    );
            }
        }

        if (next < values.Length)
        {
            throw WrongCount(tensor, values.Length, next.ToString(CultureInfo.InvariantCulture));
        }
    }

    private void ReadId()
    {
        Require(JsonTokenType.String, "'id' is not a text.");
        var id = _json.GetString()!;
        if (id.Length is 0 or > IdCharsMax)
        {
            throw Wrong($"'id' has {id.Length} characters: 1 to {IdCharsMax} are allowed.");
        }

        _head.Id = id;
    }

    private void ReadParameters()
    {
        Require(JsonTokenType.StartObject, "'parameters' is not an object.");
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            if (!Is("event_time"u8))
            {
                _json.Skip();
                continue;
            }

            Require(JsonTokenType.String, "'parameters.event_time' is not a text.");
            _head.EventTime = EventTimes.Parse(_json.GetString()!);
        }
    }

    private void ReadOutputs()
    {
        Require(JsonTokenType.StartArray, "'outputs' is not an array.");
        while (_json.Read() && _json.TokenType == JsonTokenType.StartObject)
        {
            while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
            {
                if (!Is("name"u8))
                {
                    _json.Skip();
                    continue;
                }

                Require(JsonTokenType.String, "The name of an output is not a text.");
                AskFor(_json.GetString()!);
            }
        }
    }

    private readonly void AskFor(string name)
    {
        var outputs = _plan.Signature.Outputs;
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs[i].Name == name)
            {
                _head.Outputs[i] = true;
                _head.AllOutputs = false;
                return;
            }
        }

        throw Invalid(
            $"The model gives no output '{name}'.",
            $"It gives {string.Join(", ", outputs.Select(output => output.Name))}."
        );
    }

    private readonly void RequireAllInputs()
    {
        if (!_head.Seen.Contains(false))
        {
            return;
        }

        var head = _head;
        var missing = _plan
            .Signature.Inputs.Where((_, index) => !head.Seen[index])
            .Select(input => input.Name)
            .ToList();
        throw Invalid(
            missing.Count == 1
                ? $"Input '{missing[0]}' is missing."
                : $"{missing.Count} inputs are missing: {string.Join(", ", missing.Take(10))}{(missing.Count > 10 ? ", …" : "")}.",
            ExpectedInputs()
        );
    }

    private readonly void RequireComplete(int place, int input, TensorType? type, Shape shape, bool data)
    {
        var missing =
            input < 0 ? "name"
            : type is null ? "datatype"
            : shape.Rank == 0 ? "shape"
            : data ? null
            : "data";
        if (missing is not null)
        {
            throw Invalid(
                $"{Place(place, input)} has no '{missing}'.",
                "Send name, shape, datatype and data of each input."
            );
        }
    }

    // Messages that are put together cost memory: this one is for those that are not.
    private void Require(JsonTokenType token, string otherwise)
    {
        if (!Reads(token))
        {
            throw Wrong(otherwise);
        }
    }

    // Names are short, and there are many: comparing the bytes in place is what the reader itself does last of all.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool Is(ReadOnlySpan<byte> text) =>
        _json.HasValueSequence || _json.ValueIsEscaped
            ? _json.ValueTextEquals(text)
            : _json.ValueSpan.SequenceEqual(text);

    private bool Reads(JsonTokenType token) => _json.Read() && _json.TokenType == token;

    private static RondoException Wrong(string what) =>
        Invalid(what, "See what the model takes at GET /v2/models/{name}.");

    private readonly string NameOf(int input) => _plan.Signature.Inputs[input].Name;

    private readonly string Place(int place, int input) => input < 0 ? $"inputs[{place}]" : $"input '{NameOf(input)}'";

    private readonly string ExpectedInputs()
    {
        var inputs = _plan.Signature.Inputs;
        var names = string.Join(", ", inputs.Take(20).Select(input => $"{input.Name} ({input.DataType})"));
        return $"It takes {inputs.Count} inputs: {names}{(inputs.Count > 20 ? ", … (all at GET /v2/models/{name})" : "")}.";
    }

    private static RondoException WrongCount(Tensor tensor, int expected, string found) =>
        Invalid(
            $"Input '{tensor.Name}' has {found} elements where its shape says {expected}.",
            "Let shape and data agree."
        );

    private static RondoException Invalid(string what, string mend) => new(ErrorCode.InvalidArgument, what, mend);
}
