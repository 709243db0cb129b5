using Rondo.Mlflow.Wire;

namespace Rondo.Mlflow.Filters;

/// <summary>
/// MLflow's filter grammar (comparisons joined by AND), and beyond it OR, NOT, parentheses and IN for every field. NOT binds
/// closer than AND, AND closer than OR.
/// </summary>
internal sealed class FilterParser
{
    private const int CharsMax = 256 * 1024;
    private const int ComparisonsMax = 200;
    private const int ValuesMax = 10_000;
    private const int DepthMax = 50;
    private const int OrderItemsMax = 20;

    private readonly FilterScanner _scanner;
    private readonly FilterVocabulary _vocabulary;
    private int _comparisons;
    private int _values;

    private FilterParser(string filter, FilterVocabulary vocabulary)
    {
        _scanner = new FilterScanner(filter);
        _vocabulary = vocabulary;
    }

    /// <summary>The tree of a filter; null where it is empty.</summary>
    public static FilterNode? Parse(string? filter, FilterVocabulary vocabulary)
    {
        if (string.IsNullOrWhiteSpace(filter))
        {
            return null;
        }

        if (filter.Length > CharsMax)
        {
            throw Refusal.Invalid($"A filter has at most {CharsMax} characters; this one has {filter.Length}.");
        }

        var parser = new FilterParser(filter, vocabulary);
        var node = parser.Or(0);
        return parser._scanner.AtEnd ? node : throw parser._scanner.Error("AND, OR or the end is expected");
    }

    /// <summary>The items of an order: a field and ASC or DESC each; no field twice.</summary>
    public static IReadOnlyList<OrderItem> ParseOrder(IReadOnlyList<string> items, FilterVocabulary vocabulary)
    {
        if (items.Count > OrderItemsMax)
        {
            throw Refusal.Invalid($"An order has at most {OrderItemsMax} items; this one has {items.Count}.");
        }

        var order = items.Select(item => OrderOf(item, vocabulary)).ToList();
        var twice = order.GroupBy(item => item.Field).FirstOrDefault(same => same.Count() > 1);
        return twice is null
            ? order
            : throw Refusal.Invalid($"`order_by` names '{twice.Key.Key}' twice; name each field once.");
    }

    private static OrderItem OrderOf(string item, FilterVocabulary vocabulary)
    {
        var scanner = new FilterScanner(item);
        if (scanner.AtEnd)
        {
            throw scanner.Error("a name is missing");
        }

        var field = vocabulary.FieldOf(scanner.Name(), inOrder: true);
        var descending = scanner.TryWord("DESC");
        if (!descending)
        {
            scanner.TryWord("ASC");
        }

        return scanner.AtEnd
            ? new OrderItem(field, !descending)
            : throw scanner.Error("ASC, DESC or the end is expected");
    }

    private FilterNode Or(int depth)
    {
        var parts = new List<FilterNode> { And(depth) };
        while (_scanner.TryWord("OR"))
        {
            parts.Add(And(depth));
        }

        return parts.Count == 1 ? parts[0] : new FilterOr(parts);
    }

    private FilterNode And(int depth)
    {
        var parts = new List<FilterNode> { One(depth) };
        while (_scanner.TryWord("AND"))
        {
            parts.Add(One(depth));
        }

        return parts.Count == 1 ? parts[0] : new FilterAnd(parts);
    }

    private FilterNode One(int depth)
    {
        if (depth > DepthMax)
        {
            throw _scanner.Error($"more than {DepthMax} levels are nested");
        }

        if (_scanner.TryWord("NOT"))
        {
            return new FilterNot(One(depth + 1));
        }

        if (!_scanner.TrySymbol('('))
        {
            return Comparison();
        }

        var inner = Or(depth + 1);
        return _scanner.TrySymbol(')') ? inner : throw _scanner.Error("')' is expected");
    }

    private FilterComparison Comparison()
    {
        if (++_comparisons > ComparisonsMax)
        {
            throw Refusal.Invalid($"A filter has at most {ComparisonsMax} comparisons.");
        }

        if (_scanner.AtEnd)
        {
            throw _scanner.Error("a comparison is missing");
        }

        var field = _vocabulary.FieldOf(_scanner.Name(), inOrder: false);
        var comparison = OperatorOf(field);
        IReadOnlyList<object> values = comparison switch
        {
            FilterOperator.IsNull or FilterOperator.IsNotNull => [],
            FilterOperator.In or FilterOperator.NotIn => Values(field),
            _ => [Value(field)],
        };
        return new FilterComparison(field, comparison, values);
    }

    private FilterOperator OperatorOf(FilterField field)
    {
        var comparison = ReadOperator();
        if (_vocabulary.IsText(field) != (comparison == FilterOperator.Matches))
        {
            throw _scanner.Error(
                _vocabulary.Text is { } text
                    ? $"Invalid comparator: MATCHES compares '{text}', and nothing else does"
                    : "Invalid comparator: MATCHES compares nothing here"
            );
        }

        var allowed = comparison switch
        {
            FilterOperator.Matches => true,
            FilterOperator.Equal or FilterOperator.NotEqual or FilterOperator.In or FilterOperator.NotIn => true,
            FilterOperator.Like or FilterOperator.ILike => !_vocabulary.IsNumber(field),
            FilterOperator.IsNull or FilterOperator.IsNotNull => FilterVocabulary.MayBeNull(field),
            _ => _vocabulary.IsNumber(field),
        };
        return allowed
            ? comparison
            : throw _scanner.Error(
                $"Invalid comparator: '{field.Key}' is "
                    + (_vocabulary.IsNumber(field) ? "a number" : "a text")
                    + " and is not compared like this"
            );
    }

    private FilterOperator ReadOperator()
    {
        if (_scanner.TryComparison() is { } symbol)
        {
            return symbol switch
            {
                "=" => FilterOperator.Equal,
                "!=" => FilterOperator.NotEqual,
                "<" => FilterOperator.Less,
                "<=" => FilterOperator.LessOrEqual,
                ">" => FilterOperator.Greater,
                _ => FilterOperator.GreaterOrEqual,
            };
        }

        if (_scanner.TryWord("IS"))
        {
            var not = _scanner.TryWord("NOT");
            return !_scanner.TryWord("NULL") ? throw _scanner.Error("NULL is expected")
                : not ? FilterOperator.IsNotNull
                : FilterOperator.IsNull;
        }

        if (_scanner.TryWord("NOT"))
        {
            return _scanner.TryWord("IN") ? FilterOperator.NotIn : throw _scanner.Error("IN is expected");
        }

        return _scanner.TryWord("LIKE") ? FilterOperator.Like
            : _scanner.TryWord("ILIKE") ? FilterOperator.ILike
            : _scanner.TryWord("IN") ? FilterOperator.In
            : _scanner.TryWord("MATCHES") ? FilterOperator.Matches
            : throw _scanner.Error("a comparison (=, !=, <, <=, >, >=, LIKE, ILIKE, IN, IS NULL, MATCHES) is expected");
    }

    private List<object> Values(FilterField field)
    {
        if (!_scanner.TrySymbol('('))
        {
            throw _scanner.Error("'(' is expected");
        }

        var values = new List<object>();
        do
        {
            values.Add(Value(field));
        } while (_scanner.TrySymbol(','));
        return _scanner.TrySymbol(')') ? values : throw _scanner.Error("')' is expected");
    }

    private object Value(FilterField field)
    {
        if (++_values > ValuesMax)
        {
            throw Refusal.Invalid($"A filter has at most {ValuesMax} values.");
        }

        return _vocabulary.IsNumber(field)
            ? _scanner.TryNumber() ?? throw _scanner.Error($"'{field.Key}' wants a number without quotes")
            : _scanner.TryText() ?? throw _scanner.Error($"'{field.Key}' wants a text in quotes");
    }
}
