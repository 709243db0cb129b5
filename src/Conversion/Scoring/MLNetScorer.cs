using Microsoft.ML;
using Microsoft.ML.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Conversion.Scoring;

/// <summary>Asks a chain of ML.NET row by row.</summary>
internal sealed class MLNetScorer : Scorer
{
    private readonly FeedRow _input;
    private readonly DataViewRow _output;
    private readonly ModelDescription _description;
    private readonly Action<Answers, int>[] _readers;

    public MLNetScorer(MLNetFile file, ModelDescription description)
    {
        _description = description;
        var mapper = file.Chain.GetRowToRowMapper(file.Schema);
        var wanted = description
            .Signature.Outputs.Select(output =>
                mapper.OutputSchema.GetColumnOrNull(output.Name)
                ?? throw PreparedInputs.Unfit(
                    $"The model gives no column '{output.Name}', which its signature names as an output.",
                    "Name the columns that the chain gives."
                )
            )
            .ToArray();
        var needed = mapper.GetDependencies(wanted).Select(column => file.Schema[column.Name]);
        _input = new FeedRow(file.Schema, needed, [.. Feed.InputsOf(description).Select(input => input.Name)]);
        _output = mapper.GetRow(_input, wanted);
        _readers = [.. wanted.Select(column => Reader(_output, column))];
    }

    public override IReadOnlyList<Answers> Score(Feed feed)
    {
        _input.Feed = feed;
        Answers[] answers = [.. _description.Signature.Outputs.Select(output => Answers.Room(output, feed.Rows))];
        for (var row = 0; row < feed.Rows; row++)
        {
            _input.MoveTo(row);
            for (var i = 0; i < answers.Length; i++)
            {
                _readers[i](answers[i], row);
            }
        }
        return answers;
    }

    public override void Dispose() => _output.Dispose();

    private static Action<Answers, int> Reader(DataViewRow row, DataViewSchema.Column column)
    {
        column = row.Schema[column.Name];
        return column.Type switch
        {
            TextDataViewType => Text(row, column),
            NumberDataViewType { RawType: var raw } when raw == typeof(float) => Number<float>(row, column, v => v),
            NumberDataViewType { RawType: var raw } when raw == typeof(double) => Number<double>(row, column, v => v),
            NumberDataViewType { RawType: var raw } when raw == typeof(int) => Number<int>(row, column, v => v),
            NumberDataViewType { RawType: var raw } when raw == typeof(long) => Number<long>(row, column, v => v),
            KeyDataViewType { RawType: var raw } when raw == typeof(uint) => Number<uint>(row, column, v => v),
            BooleanDataViewType => Number<bool>(row, column, v => v ? 1 : 0),
            VectorDataViewType v when v.ItemType == NumberDataViewType.Single => Vector<float>(row, column, n => n),
            VectorDataViewType v when v.ItemType == NumberDataViewType.Double => Vector<double>(row, column, n => n),
            _ => throw PreparedInputs.Unfit(
                $"Output '{column.Name}' of the model is {column.Type}, which is no tensor.",
                "Name outputs that are numbers, labels or vectors of numbers."
            ),
        };
    }

    private static Action<Answers, int> Text(DataViewRow row, DataViewSchema.Column column)
    {
        var get = row.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> value = default;
        return (answers, at) =>
        {
            get(ref value);
            answers.Texts![at] = value.ToString();
        };
    }

    private static Action<Answers, int> Number<T>(
        DataViewRow row,
        DataViewSchema.Column column,
        Func<T, double> toNumber
    )
    {
        var get = row.GetGetter<T>(column);
        T value = default!;
        return (answers, at) =>
        {
            get(ref value);
            answers.Numbers[at] = toNumber(value);
        };
    }

    private static Action<Answers, int> Vector<T>(
        DataViewRow row,
        DataViewSchema.Column column,
        Func<T, double> toNumber
    )
    {
        var get = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return (answers, at) =>
        {
            get(ref value);
            for (var i = 0; i < answers.Width; i++)
            {
                answers.Numbers[(at * answers.Width) + i] = toNumber(value.GetItemOrDefault(i));
            }
        };
    }
}
