using Microsoft.ML;
using Microsoft.ML.Data;
using Rondo.Sdk;

namespace Rondo.Conversion.Scoring;

/// <summary>One row of a feed as ML.NET sees it.</summary>
internal sealed class FeedRow : DataViewRow
{
    private readonly Delegate?[] _getters;
    private int _row;
    private long _position = -1;

    public FeedRow(DataViewSchema schema, IEnumerable<DataViewSchema.Column> needed, IReadOnlyList<string> inputs)
    {
        Schema = schema;
        _getters = new Delegate?[schema.Count];
        foreach (var column in needed)
        {
            var place = inputs.Index().FirstOrDefault(input => input.Item == column.Name, (Index: -1, Item: "")).Index;
            _getters[column.Index] =
                place >= 0
                    ? Getter(column, place)
                    : throw PreparedInputs.Unfit(
                        $"The model needs column '{column.Name}', which its signature does not name as an input.",
                        "Add it to the signature."
                    );
        }
    }

    public Feed Feed { get; set; } = new(0, []);

    public override DataViewSchema Schema { get; }

    public override long Position => _position;

    public override long Batch => 0;

    public override bool IsColumnActive(DataViewSchema.Column column) => _getters[column.Index] is not null;

    public void MoveTo(int row)
    {
        _row = row;
        _position++;
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        _getters[column.Index] as ValueGetter<TValue>
        ?? throw new InvalidOperationException($"Column '{column.Name}' is not active or is not {typeof(TValue)}.");

    public override ValueGetter<DataViewRowId> GetIdGetter() =>
        (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

    private Delegate Getter(DataViewSchema.Column column, int input) =>
        column.Type switch
        {
            TextDataViewType => (ValueGetter<ReadOnlyMemory<char>>)(
                (ref ReadOnlyMemory<char> value) => value = Text(input).AsMemory()
            ),
            NumberDataViewType { RawType: var raw } when raw == typeof(float) => (ValueGetter<float>)(
                (ref float value) => value = Feed.Columns[input].SingleAt(_row)
            ),
            NumberDataViewType { RawType: var raw } when raw == typeof(double) => (ValueGetter<double>)(
                (ref double value) => value = Number(input)
            ),
            NumberDataViewType { RawType: var raw } when raw == typeof(int) => (ValueGetter<int>)(
                (ref int value) => value = (int)Number(input)
            ),
            NumberDataViewType { RawType: var raw } when raw == typeof(long) => (ValueGetter<long>)(
                (ref long value) => value = Feed.Columns[input].WholeAt(_row)
            ),
            BooleanDataViewType => (ValueGetter<bool>)((ref bool value) => value = Number(input) != 0),
            VectorDataViewType v when v.ItemType == NumberDataViewType.Single => Vector(
                input,
                (from, at) => from.SingleAt(at)
            ),
            VectorDataViewType v when v.ItemType == NumberDataViewType.Double => Vector(
                input,
                (from, at) => from.NumberAt(at)
            ),
            _ => throw PreparedInputs.Unfit(
                $"Column '{column.Name}' of the model is {column.Type}, which cannot be sent as a tensor.",
                "Use single, double, integer, boolean or text columns, or vectors of known length."
            ),
        };

    private ValueGetter<VBuffer<T>> Vector<T>(int input, Func<FeedColumn, int, T> read) =>
        (ref VBuffer<T> value) =>
        {
            var column = Feed.Columns[input];
            var editor = VBufferEditor.Create(ref value, column.Width);
            for (var i = 0; i < column.Width; i++)
            {
                editor.Values[i] = read(column, (_row * column.Width) + i);
            }
            value = editor.Commit();
        };

    private double Number(int input) => Feed.Columns[input].NumberAt(_row);

    private string Text(int input) =>
        Feed.Columns[input].Values is string[] texts
            ? texts[_row]
            : throw PreparedInputs.Unfit(
                $"Input '{Feed.Columns[input].Signature.Name}' is text for the model, and {Feed.Columns[input].Signature.DataType} in its signature.",
                "Let the signature say what the model takes."
            );
}
