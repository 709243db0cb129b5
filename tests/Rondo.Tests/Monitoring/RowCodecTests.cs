using CsCheck;
using Rondo.Monitoring.Predictions;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Monitoring;

public sealed class RowCodecTests
{
    private static RowCodec Codec() =>
        new(
            new ModelSignature(
                [
                    new TensorSignature("a", "FP32", [-1]),
                    new TensorSignature("kind", "BYTES", [-1]),
                    new TensorSignature("pair", "FP64", [-1, 2]),
                    new TensorSignature("n", "INT64", [-1]),
                    new TensorSignature("small", "INT32", [-1, 1]),
                    new TensorSignature("yes", "BOOL", [-1]),
                    new TensorSignature("words", "BYTES", [-1, 2]),
                ],
                []
            )
        );

    [Fact]
    public void What_was_written_is_read_again() =>
        Gen.Select(Gen.Float, Gen.Double, Gen.Double, Gen.Int, Gen.Bool, Gen.String)
            .Sample(
                (a, b, c, n, yes, text) =>
                {
                    var codec = Codec();
                    var row = codec.Write([a, b, c, n * 1000.0, n, yes ? 1 : 0], [text, "", "\"é\""]);
                    Assert.Equal(
                        [(double)a, text, b, c, n * 1000.0, (double)n, yes ? 1.0 : 0.0, "", "\"é\""],
                        codec.Read(row)
                    );
                },
                iter: 500
            );

    [Fact]
    public void What_is_missing_is_read_as_no_number_and_no_text()
    {
        var codec = Codec();

        var row = codec.Read(codec.Write([double.NaN, double.NaN, 1, double.NaN, 2, double.NaN], [null, "", null]));

        Assert.Equal([double.NaN, null, double.NaN, 1.0, double.NaN, 2.0, double.NaN, "", null], row);
    }

    [Fact]
    public void Scalars_have_a_place_by_name_and_vectors_have_none() =>
        Assert.Equal(
            [("a", 0), ("kind", 1), ("n", 4), ("small", 5), ("yes", 6)],
            Codec().Places.Select(pair => (pair.Key, pair.Value)).OrderBy(pair => pair.Value)
        );
}
