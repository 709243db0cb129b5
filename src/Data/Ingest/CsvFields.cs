namespace Rondo.Data;

/// <summary>Where a field stands in the text of its file, without its outer quotes.</summary>
internal readonly record struct CsvPlace(int Start, int End, bool Quoted, bool HasQuotes)
{
    public ReadOnlySpan<char> Text(string text)
    {
        var span = text.AsSpan(Start..End);
        return HasQuotes ? span.ToString().Replace("\"\"", "\"", StringComparison.Ordinal) : span;
    }
}

/// <summary>The fields of one column of one file.</summary>
internal sealed class CsvFields(string text)
{
    private readonly List<CsvPlace> places = [];

    public int Count => places.Count;

    public ReadOnlySpan<char> this[int row] => places[row].Text(text);

    public void Add(CsvPlace place) => places.Add(place);

    public CsvPlace PlaceOf(int row) => places[row];

    /// <summary>Nothing between two delimiters is missing; <c>""</c> is the empty text, where texts are expected.</summary>
    public bool IsMissing(int row, ColumnType type) =>
        places[row] is { Start: var start, End: var end, Quoted: var quoted } && start == end
            ? !(quoted && type == ColumnType.Text)
            : type != ColumnType.Text && CellParser.IsMarker(this[row]);
}
