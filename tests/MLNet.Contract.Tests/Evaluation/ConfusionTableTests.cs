using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Contract.Tests.Evaluation;

[TestClass]
public sealed class ConfusionTableTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void TheTable_IsTheRecordedText()
    {
        const string expected = """

            Confusion table
                      ||========================
            PREDICTED ||     0 |     1 |     2 | Recall
            TRUTH     ||========================
                    0 ||     1 |     0 |     0 | 1.0000
                    1 ||     1 |     1 |     0 | 0.5000
                    2 ||     2 |     0 |     0 | 0.0000
                      ||========================
            Precision ||0.2500 |1.0000 |0.0000 |

            """;
        Assert.AreEqual(Lines(expected), Table(ScoredRow.Five(), 3, names: null));
    }

    [TestMethod]
    public void SlotNames_NameTheClasses()
    {
        const string expected = """

            Confusion table
                      ||========================
            PREDICTED ||   cat |   dog | mouse | Recall
            TRUTH     ||========================
                  cat ||     1 |     0 |     0 | 1.0000
                  dog ||     1 |     1 |     0 | 0.5000
                mouse ||     2 |     0 |     0 | 0.0000
                      ||========================
            Precision ||0.2500 |1.0000 |0.0000 |

            """;
        Assert.AreEqual(Lines(expected), Table(ScoredRow.Five(), 3, ["cat", "dog", "mouse"]));
    }

    [TestMethod]
    public void LongNames_AreNumberedInTheHead()
    {
        const string expected = """

            Confusion table
                            ||========================
            PREDICTED       ||     0 |     1 |     2 | Recall
            TRUTH           ||========================
            0.    sunflower ||     1 |     0 |     0 | 1.0000
            1.    dandelion ||     1 |     1 |     0 | 0.5000
            2. forget-me-no ||     2 |     0 |     0 | 0.0000
                            ||========================
            Precision       ||0.2500 |1.0000 |0.0000 |

            """;
        Assert.AreEqual(Lines(expected), Table(ScoredRow.Five(), 3, ["sunflower", "dandelion", "forget-me-no"]));
    }

    [TestMethod]
    public void TwoClasses_HaveWiderColumns()
    {
        const string expected = """

            Confusion table
                      ||======================
            PREDICTED ||      bad |     good | Recall
            TRUTH     ||======================
                  bad ||        1 |        0 | 1.0000
                 good ||    1,000 |        0 | 0.0000
                      ||======================
            Precision ||   0.0010 |   0.0000 |

            """;
        ScoredRow[] rows = [ScoredRow.Of(0, 0.9f, 0.1f), .. Enumerable.Repeat(ScoredRow.Of(1, 0.9f, 0.1f), 1000)];
        Assert.AreEqual(Lines(expected), Table(rows, 2, ["bad", "good"]));
    }

    private static string Lines(string text) => text.ReplaceLineEndings(Environment.NewLine);

    private string Table(ScoredRow[] rows, int classes, string[]? names)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(ScoredRow));
        definition["Score"]!.ColumnType = new VectorDataViewType(NumberDataViewType.Single, classes);
        if (names != null)
            definition["Score"]!.AddAnnotation("SlotNames", names, new VectorDataViewType(TextDataViewType.Instance, classes));
        return _ml.MulticlassClassification.Evaluate(_ml.Data.LoadFromEnumerable(rows, definition)).ConfusionMatrix.GetFormattedConfusionTable();
    }
}
